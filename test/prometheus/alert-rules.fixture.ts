import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const RULES = `${ROOT}helm/shipmate/rules`;

/** One alert of the rule files, as far as tests look at it. */
export interface Alert {
  readonly name: string;
  readonly text: string;
}

/** All alerts. The files are written in one way, so that no parser of YAML is needed; promtool reads them with one. */
export function alerts(): readonly Alert[] {
  return readdirSync(RULES)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => {
      const [, ...parts] = readFileSync(`${RULES}/${name}`, 'utf8').split(/^ {6}- alert: /m);
      return parts.map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text }));
    });
}

/** The names of metrics in PromQL. */
export const metricsIn = (text: string): readonly string[] => [...new Set(text.match(/\bshipmate_[a-z0-9_]+/g))];
