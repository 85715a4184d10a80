// npm run hostile: hostile input of every kind against real processes, next to a session that must not notice. What harms it is
// shrunk and printed with the seed that makes it again.
//   npm run hostile -- --minutes 30 --seed 7             default: 10 minutes, from a seed of the clock
//   npm run hostile -- --fleet --seed 1234 --cases 1     one case again; `--only NAME` plays one generator's cases
import { installPrograms } from './programs.mjs';
import { build, buildBenches, checkNode, fail, install } from './tools.mjs';

const given = readArguments(process.argv.slice(2));
checkNode();
await install();
await installPrograms();
await build();
await buildBenches();

const { main } = await import(new URL('../dist/test/hostile/main.js', import.meta.url).href);
console.log(`Seed ${given.seed}, ${given.minutes} minutes`);
process.exit((await main(given)) > 0 ? 1 : 0);

function readArguments(args) {
  const given = {
    minutes: 10,
    seed: Math.floor(Date.now() / 1000),
    cases: undefined,
    only: undefined,
    kinds: undefined,
  };
  const rest = [...args];
  while (rest.length > 0) {
    const name = rest.shift().replace(/^--/, '');
    if (name === 'alone' || name === 'fleet' || name === 'one-port') given.kinds = [name];
    else if (name === 'only' && rest.length > 0) given.only = rest.shift();
    else if (['minutes', 'seed', 'cases'].includes(name) && Number(rest[0]) >= 0) given[name] = Number(rest.shift());
    else
      fail(
        'npm run hostile -- [--minutes N] [--seed N] [--cases N] [--only GENERATOR] [--alone | --fleet | --one-port]',
      );
  }
  return given;
}
