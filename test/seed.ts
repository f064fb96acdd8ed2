/** Property tests draw new cases on a developer's machine and always the same ones in CI. */
import fc from 'fast-check';

if (process.env.CI) fc.configureGlobal({ seed: 2024 });
