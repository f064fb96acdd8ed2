/** Ways to tune α, by name: the authors' two, and ours, which look at all images at once and at every early step. */
export const ALPHA_METHODS = ['grid', 'empirical', 'grid-all', 'likelihood'] as const;
export type AlphaMethod = (typeof ALPHA_METHODS)[number];
