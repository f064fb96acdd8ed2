// Node: prints what it answers for each model named.
import { answers } from './answers.mjs';
import { pictures } from './pictures.mjs';

const [images, ...models] = process.argv.slice(2);
for (const model of models)
  console.log(
    JSON.stringify(await answers(model.startsWith('file:') ? new URL(model) : model, pictures(images))),
  );
