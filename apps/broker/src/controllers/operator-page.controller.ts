import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { CLIENT, sendProblem, type Answer, type AssetRequest, type ClientPages } from '#nest';

/** The operator's page. It has no secret in it: whoever opens it signs in, and all that it shows comes from the API. */
@Controller()
export class OperatorPageController {
  constructor(@Inject(CLIENT) private readonly client: ClientPages) {}

  @Get('operator')
  operator(@Req() request: AssetRequest, @Res() response: Answer): void {
    if (this.client.send('operator', request, response)) return;
    const detail = 'The browser client was not built on this server: run npm run build';
    sendProblem(response, { status: 503, code: 'unavailable', title: 'Not available right now', detail });
  }
}
