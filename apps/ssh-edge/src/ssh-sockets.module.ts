import { Module } from '@nestjs/common';
import { SshEdgeModule } from './ssh-edge.module.js';
import { SshGateway } from './ssh.gateway.js';
import { UpgradeController } from './upgrade.controller.js';

/** Hosts and joiners whose ssh comes over WebSockets. Needs an application that takes WebSockets. */
@Module({ imports: [SshEdgeModule], controllers: [UpgradeController], providers: [SshGateway] })
export class SshSocketsModule {}
