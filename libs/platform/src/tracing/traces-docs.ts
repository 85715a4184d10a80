import { ATTRIBUTES, SPANS } from '#kernel';

const FROM = '<!-- Written by `npm run docs` from libs/kernel/src/spans.ts. -->';
const TO = '<!-- Until here. -->';

/** The tables of spans and attributes, put into the page docs/traces.md in the place of those that are there. */
export function tracesMarkdown(page: string): string {
  const spans = Object.entries(SPANS).map(([name, { kind, meaning, attributes }]) => {
    const told = attributes.map((one) => `\`${one}\``).join(', ');
    return `### \`${name}\`\n\n${meaning}. Kind: ${kind}.${told === '' ? '' : ` ${told}.`}`;
  });
  const attributes = Object.entries(ATTRIBUTES).map(([name, meaning]) => `- \`${name}\`: ${meaning}.`);
  const made = `${FROM}\n\n## Spans\n\n${spans.join('\n\n')}\n\n## Attributes\n\n${attributes.join('\n')}\n\n${TO}`;
  const [before, rest] = [page.slice(0, page.indexOf(FROM)), page.slice(page.indexOf(TO) + TO.length)];
  return `${before}${made}${rest}`;
}
