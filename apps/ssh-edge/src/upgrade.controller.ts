import { Controller, Get, Res } from '@nestjs/common';

/** As much of a response as is needed here. */
interface Response {
  status(code: number): this;
  type(type: string): this;
  set(headers: Readonly<Record<string, string>>): this;
  send(body: string): unknown;
}

/** What somebody reads who opens the address of ssh over WebSocket with something else. */
@Controller()
export class UpgradeController {
  @Get('ssh')
  upgrade(@Res() response: Response): void {
    response
      .status(426)
      .set({ upgrade: 'websocket', connection: 'Upgrade', 'cache-control': 'no-store' })
      .type('text/plain')
      .send('This address carries ssh over a WebSocket: use it with shipmate proxy.\n');
  }
}
