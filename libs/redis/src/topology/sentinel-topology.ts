import { ShipmateError } from '#kernel';
import type { Login } from '../connection/dial.js';
import type { RedisContext } from '../connection/options.js';
import type { Sentinels } from './sentinel.js';
import { SingleTopology } from './topology.js';

/** The one master that the sentinels name, and the next one as soon as they name it. */
export class SentinelTopology extends SingleTopology {
  constructor(
    context: RedisContext,
    login: Login,
    private readonly sentinels: Sentinels,
  ) {
    super(context, { login, cluster: false, locate: async () => sentinels.locate() });
  }

  override start(): void {
    super.start();
    this.sentinels.watch(({ host, port }) => {
      for (const link of this.nodes[0].links) {
        if (link.at?.host === host && link.at.port === port) continue;
        link.drop(new ShipmateError('unavailable', 'the sentinels name another master'));
        link.hurry();
      }
    });
  }

  override close(): void {
    this.sentinels.close();
    super.close();
  }
}
