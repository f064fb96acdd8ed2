/** Links of a Markdown page. */
import { dirname, join, normalize } from 'node:path';

/** Targets that are files, as paths from the root that `page` is a path from. */
export function linksOf(page: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets
    .filter((target) => !/^(https?:|#)/.test(target))
    .map((target) => normalize(join(dirname(page), target.replace(/#.*$/, ''))));
}
