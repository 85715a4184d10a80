// npm run fuzz:fidelity: random scripts at a stock host and a joiner, compared after every step. A script after which the two
// differ is shrunk and printed, to be pasted as a written case.
//   npm run fuzz:fidelity -- --minutes 30 --seed 7      default: 10 minutes, from a seed of the clock
import { installPrograms } from './programs.mjs';
import { build, buildBenches, checkNode, fail, install } from './tools.mjs';

const { minutes, seed } = readArguments(process.argv.slice(2));
checkNode();
await install();
await installPrograms();
await build();
await buildBenches();

const { main } = await import(new URL('../dist/test/fidelity/fuzz/main.js', import.meta.url).href);
console.log(`Seed ${seed}, ${minutes} minutes`);
process.exit((await main(minutes, seed)) > 0 ? 1 : 0);

function readArguments(args) {
  const given = { minutes: 10, seed: Math.floor(Date.now() / 1000) };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.replace(/^--/, '') ?? '';
    const value = Number(args[at + 1]);
    if (!Object.hasOwn(given, name) || !(value >= 0)) fail('npm run fuzz:fidelity -- [--minutes N] [--seed N]');
    given[name] = value;
  }
  return given;
}
