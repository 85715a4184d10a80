import {
  BadRequestException,
  Catch,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { sendNoRoute } from '#nest';
import { isDecodable } from '#platform';
import { noPage, notFoundPage } from './pages/messages.js';
import { sendPage } from './send-page.js';

interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The answer for an unknown URL, or one with invalid escapes (`/t/%`): a page for a person, JSON for a program. */
@Catch(NotFoundException, BadRequestException)
export class NoPageFilter implements ExceptionFilter<NotFoundException | BadRequestException> {
  catch(exception: NotFoundException | BadRequestException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { url, headers } = http.getRequest<Request>();
    const response = http.getResponse<Parameters<typeof sendPage>[0]>();
    const malformed = !isDecodable(/^[^?]*/.exec(url)?.[0] ?? '');
    if (exception instanceof BadRequestException && !malformed) {
      response.status(exception.getStatus()).send(exception.getResponse());
    } else if (malformed && url.startsWith('/t/')) sendPage(response, 404, notFoundPage(), 'no-store');
    else if (malformed && url.startsWith('/api/t/')) response.status(404).send({ error: 'not found' });
    else if (/\btext\/html\b/.test(headers['accept'] ?? '')) sendPage(response, 404, noPage(), 'no-store');
    else if (malformed) response.status(404).send({ error: 'not found' });
    else sendNoRoute(response);
  }
}
