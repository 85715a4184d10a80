// What a lib exports has a doc comment: its callers read that, not the code. Part of `npm run lint`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './tools.mjs';

const parsed = new Map();

/** The statements of a file, with their doc comments. */
function statements(file) {
  if (!parsed.has(file)) {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
    parsed.set(file, source.statements);
  }
  return parsed.get(file);
}

const declares = (statement, name) =>
  ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.some((one) => one.name.text === name)
    : statement.name?.text === name;

/** What `export { … } from '…'` statements of a file give on, as `[name outside, file, name there]`. */
function givenOn(file) {
  return statements(file).flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
    const from = join(dirname(file), statement.moduleSpecifier.text.replace(/\.js$/, '.ts'));
    const elements = statement.exportClause?.elements ?? [];
    return elements.map((one) => [one.name.text, from, (one.propertyName ?? one.name).text]);
  });
}

/** Where an exported name is declared; undefined if another package declares it. Overloads count as one. */
function declaration(file, name) {
  if (!existsSync(join(ROOT, file))) return undefined;
  const found = statements(file).filter((statement) => declares(statement, name));
  if (found.length > 0) return { file, isDocumented: found.some(({ jsDoc }) => jsDoc !== undefined) };
  const on = givenOn(file).find(([outside]) => outside === name);
  return on === undefined ? undefined : declaration(on[1], on[2]);
}

const missing = readdirSync(join(ROOT, 'libs')).flatMap((lib) =>
  givenOn(`libs/${lib}/src/index.ts`).flatMap(([, from, name]) => {
    const declared = declaration(from, name);
    return declared === undefined || declared.isDocumented ? [] : [`${declared.file}: ${name} has no doc comment`];
  }),
);
for (const line of new Set(missing)) console.log(line);
process.exitCode = missing.length > 0 ? 1 : 0;
