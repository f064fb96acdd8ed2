/** The last line of a run, for machines: "123 passed, 0 failed". In CI a skipped test has failed. */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export class Verdict implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const skipped: string[] = [];
    for (const module of modules) {
      const before = failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      // A file that could not be loaded, or a hook that threw, has no failed test to show for it.
      if (module.state() === 'failed' && failed === before) failed++;
    }
    if (process.env.CI && skipped.length > 0) {
      for (const name of skipped) console.log(`skipped, which fails in CI: ${name}`);
      failed += skipped.length;
    }
    if (failed > 0) process.exitCode = 1;
    console.log(`${passed} passed, ${failed} failed`);
  }
}
