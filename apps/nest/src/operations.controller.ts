import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { Health, HealthReport, Metrics } from '#platform';
import { HEALTH, METRICS } from './tokens.js';

/** As much of a response as is needed here. */
interface Answer {
  status(code: number): this;
  type(type: string): this;
  send(body: unknown): unknown;
}

/** What probes and Prometheus ask of every process. */
@Controller()
export class OperationsController {
  constructor(
    @Inject(HEALTH) private readonly health: Health,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  async healthz(@Res() response: Answer): Promise<void> {
    answer(response, await this.health.alive());
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  async readyz(@Res() response: Answer): Promise<void> {
    answer(response, await this.health.ready());
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  async prometheus(@Res() response: Answer): Promise<void> {
    response.type(this.metrics.contentType).send(await this.metrics.scrape());
  }
}

function answer(response: Answer, report: HealthReport): void {
  response.status(report.status === 'failing' ? 503 : 200).send(report);
}
