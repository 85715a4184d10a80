import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import type { HealthReport } from '#platform';
import type { Answer } from './answer.js';
import { PLATFORM, type Platform } from './injected.js';

interface Accepted {
  readonly accept?: string;
  readonly 'accept-encoding'?: string;
}

const compressed = promisify(gzip);

/** Whether a header that lists what its sender takes has `name`, not with a weight of 0. */
const takes = (header: string | undefined, name: string): boolean =>
  (header ?? '').split(',').some((item) => {
    const [first = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return first === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });

/** What probes and Prometheus ask of every process. */
@Controller()
export class OperationsController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  async healthz(@Res() response: Answer): Promise<void> {
    answer(response, await this.platform.health.alive());
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  async readyz(@Res() response: Answer): Promise<void> {
    answer(response, await this.platform.health.ready());
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @Header('vary', 'accept, accept-encoding')
  async prometheus(@Headers() headers: Accepted, @Res() response: Answer): Promise<void> {
    const form = takes(headers.accept, 'application/openmetrics-text') ? 'openmetrics' : 'prometheus';
    const { metrics } = this.platform;
    const text = await metrics.scrape(form);
    response.type(metrics.contentType(form));
    if (!takes(headers['accept-encoding'], 'gzip')) response.send(text);
    else response.set({ 'content-encoding': 'gzip' }).send(await compressed(text));
  }
}

function answer(response: Answer, report: HealthReport): void {
  response.status(report.status === 'failing' ? 503 : 200).send(report);
}
