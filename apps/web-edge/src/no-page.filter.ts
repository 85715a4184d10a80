import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { noPage } from './pages/messages.js';
import { sendPage } from './pages.controller.js';

/** An address that nothing has: a page for a person, JSON for a program. */
@Catch(NotFoundException)
export class NoPageFilter implements ExceptionFilter<NotFoundException> {
  catch(exception: NotFoundException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { headers } = http.getRequest<{ headers: Readonly<Record<string, string | undefined>> }>();
    const response = http.getResponse<Parameters<typeof sendPage>[0]>();
    if (/\btext\/html\b/.test(headers['accept'] ?? '')) sendPage(response, 404, noPage(), 'no-store');
    else response.status(404).send(exception.getResponse());
  }
}
