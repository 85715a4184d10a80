// npm run check:clients: SSH clients of every kind against a server and a stock tmate of this machine: each as writer and reader, with a
// key, a wrong token and a resize. Writes the table of docs/clients.md.
//   npm run check:clients                    all of them; what is missing here is named
//   npm run check:clients -- russh openssh   those whose name contains a word; the table stays as it is
// It installs them into node_modules/.cache/clients, with apt-get, pip, go, mvn and cargo: the first run takes some minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zoo } from './clients/zoo.mjs';
import { installPrograms } from './programs.mjs';
import { build, buildBenches, checkNode, fail, install, ROOT, run, tool } from './tools.mjs';

const PAGE = join(ROOT, 'docs', 'clients.md');
const [BEGIN, END] = ['<!-- check:clients begins -->', '<!-- check:clients ends -->'];

const wanted = process.argv.slice(2);
checkNode();
await install();
await installPrograms();
await build();
await buildBenches();
const { clients, missing } = await zoo(wanted);
if (clients.length === 0) fail(`There is no client like ${wanted.join(' ')}.`);
const { main, TRIALS } = await import(new URL('../dist/test/clients/main.js', import.meta.url).href);
const rows = await main(clients, ({ client, results }) =>
  console.log([client.name, client.version, ...TRIALS.map((trial) => `${trial}: ${results[trial]}`)].join('\t')),
);
if (wanted.length === 0) await writeTable();
const failed = rows.filter(({ results }) => TRIALS.some((trial) => results[trial].startsWith('no')));
process.exit(failed.length > 0 ? 1 : 0);

async function writeTable() {
  const line = (...cells) => `| ${cells.join(' | ')} |`;
  const table = [
    line('client', 'version', ...TRIALS),
    line(...Array.from({ length: TRIALS.length + 2 }, () => '---')),
    ...rows.map(({ client, results }) => line(client.name, client.version, ...TRIALS.map((trial) => results[trial]))),
  ];
  const absent = missing.map(({ name }) => `Not tried, because it could not be installed: ${name}.`);
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  if (after === undefined) fail(`${PAGE} has no place for the table.`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${[...table, '', ...absent].join('\n')}\n\n${END}${after}`);
  await run(process.execPath, [tool('prettier'), '--write', '--log-level', 'warn', PAGE]);
}
