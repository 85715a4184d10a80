import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { sendProblem, type Answer } from './answer.js';

/** As much of Express' router as is needed to know what an address takes. */
export interface Router {
  readonly stack: readonly {
    readonly route?: { readonly methods: Readonly<Record<string, boolean | undefined>> } | undefined;
    /** Whether it is for that path: an object or false. */
    match(path: string): unknown;
  }[];
}

interface Request {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** Says that nothing has this address. */
export function sendNoRoute(response: Answer): void {
  const detail = 'There is no such address';
  sendProblem(response, { status: 404, code: 'not-found', title: 'Not found', detail });
}

/** The methods that a URL supports; none if it does not exist. */
export function methodsAt({ stack }: Router, url: string): readonly string[] {
  const path = /^[^?#]*/.exec(url)?.[0] ?? '';
  const found = new Set<string>();
  for (const layer of stack) {
    const { route } = layer;
    if (route === undefined || takesAll(route.methods) || !matches(layer, path)) continue;
    for (const method of Object.keys(route.methods)) found.add(method.toUpperCase());
  }
  if (found.has('GET')) found.add('HEAD');
  return [...found].sort();
}

/** What takes every method, of which few have heard, is the answer for addresses that nothing has. */
const takesAll = (methods: Readonly<Record<string, boolean | undefined>>): boolean =>
  methods['_all'] === true || methods['unsubscribe'] === true;

function matches(layer: Router['stack'][number], path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    return false; // malformed escapes
  }
}

/** Answers 405, with the methods that there are, where an address has others than the one that is asked for. */
export function methodCheck(router: () => Router) {
  return (request: Request, response: Answer, next: () => void): void => {
    const { method = 'GET', url = '/' } = request;
    const allowed = methodsAt(router(), url);
    if (allowed.length === 0 || allowed.includes(method)) {
      next();
      return;
    }
    const allow = allowed.join(', ');
    const title = 'This address does not accept that method';
    sendProblem(response.set({ allow }), {
      status: 405,
      code: 'method-not-allowed',
      title,
      detail: `It accepts ${allow}`,
    });
  };
}

/** Of last resort: what has no address here, whatever the process is. */
@Catch(NotFoundException)
export class NoRouteFilter implements ExceptionFilter<NotFoundException> {
  catch(_: NotFoundException, host: ArgumentsHost): void {
    sendNoRoute(host.switchToHttp().getResponse<Answer>());
  }
}
