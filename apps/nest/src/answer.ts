/** As much of Express' response as is used here. */
export interface Answer {
  status(code: number): this;
  type(type: string): this;
  set(headers: Readonly<Record<string, string>>): this;
  send(body: unknown): unknown;
}

/** What is wrong with a request, as RFC 9457 describes it. `code` is stable: the end of the problem's `type`. */
export interface ProblemText {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly object[] | undefined;
}

/** Answers with a problem. */
export function sendProblem(response: Answer, { code, ...rest }: ProblemText): void {
  const headers = { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' };
  const body = JSON.stringify({ type: `urn:shipmate:problem:${code}`, ...rest });
  response.status(rest.status).set(headers).send(body);
}
