import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cleanEnv, freePort, Program, tempDir, type TempDir } from '#testing';
import { RULES } from './alert-rules.fixture.js';

/** What is scraped, under the job's name that the chart gives it. */
export interface Target {
  readonly job: string;
  readonly port: number;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Seconds of a rule file in one second of a test: minutes of patience become tenths of a second. */
const FASTER = 60;

/** A rule file with its times scaled down: `for: 2m` and `[5m]` become seconds. What is shorter than two scrapes is as long. */
function faster(text: string): string {
  const scaled = (count: string, unit: string, least: number): number =>
    Math.max(least, Math.round((Number(count) * (unit === 'm' ? 60 : 1)) / FASTER));
  return text
    .replaceAll(/\[(\d+)([ms])\]/g, (_, count: string, unit: string) => `[${scaled(count, unit, 4)}s]`)
    .replaceAll(
      /for: (\d+)([ms])$/gm,
      (_, count: string, unit: string) => `for: ${Math.min(2, scaled(count, unit, 1))}s`,
    );
}

/** Sizes and rates that no test machine should have to reach, and what stands for them. A process takes seconds to start, whatever the test's time. */
const SMALLER = [
  ['(shipmate_sessions) > 4000', '(shipmate_sessions) > 40'],
  ['(shipmate_process_start_time_seconds[30m])', '(shipmate_process_start_time_seconds[300m])'],
  ['{reason!~"closed|unavailable|no-terminal"}[5m])) > 5', '{reason!~"closed|unavailable|no-terminal"}[5m])) > 1'],
] as const;

function smaller(text: string): string {
  return SMALLER.reduce((scaled, [real, small]) => {
    if (!scaled.includes(real)) throw new Error(`no alert asks for ${real}`);
    return scaled.replace(real, small);
  }, text);
}

/** Debian's Prometheus, which scrapes servers of a test every half second, with the alerts a minute to the second and some sizes smaller. */
export class Prometheus {
  private constructor(
    private readonly program: Program,
    private readonly port: number,
    private readonly dir: TempDir,
  ) {}

  static async start(targets: readonly Target[]): Promise<Prometheus> {
    const dir = tempDir('smp');
    const port = await freePort();
    const rules = readdirSync(RULES).filter((name) => name.endsWith('.yaml'));
    for (const name of rules) writeFileSync(dir.file(name), faster(smaller(readFileSync(`${RULES}/${name}`, 'utf8'))));
    const jobs = [...new Set(targets.map(({ job }) => job))];
    const config = {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: rules.map((name) => dir.file(name)),
      scrape_configs: jobs.map((job_name) => ({
        job_name,
        static_configs: [
          { targets: targets.flatMap(({ job, port }) => (job === job_name ? `127.0.0.1:${port}` : [])) },
        ],
      })),
    };
    // JSON is YAML.
    writeFileSync(dir.file('prometheus.yml'), JSON.stringify(config));
    const args = [
      `--config.file=${dir.file('prometheus.yml')}`,
      `--storage.tsdb.path=${dir.file('data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const program = new Program('prometheus', args, { cwd: dir.path, env: cleanEnv(dir.path) });
    await program.toPrint(/Server is ready to receive web requests/, { from: 'stderr' });
    return new Prometheus(program, port, dir);
  }

  /** An instant query. */
  async query(expression: string): Promise<readonly Sample[]> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = (await response.json()) as { data?: { result: readonly Sample[] }; error?: string };
    if (data === undefined) throw new Error(`${expression}: ${error ?? 'no answer'}`);
    return data.result;
  }

  /** The names of the alerts that fire now, or, with `over`, have at any time of so many seconds. */
  async firing(over?: number): Promise<readonly string[]> {
    const selector = 'ALERTS{alertstate="firing"}';
    const found = await this.query(over === undefined ? selector : `last_over_time(${selector}[${over}s])`);
    return [...new Set(found.map(({ metric }) => metric['alertname'] ?? ''))].sort((a, b) => (a < b ? -1 : 1));
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGTERM', 5_000);
    this.dir.dispose();
  }
}
