/** Longest text of ours, in characters: Slack takes 3,000 in a block. All that stands in it is bounded; this is for what is not. */
const MAX_TEXT = 1_000;

/**
 * A request to join as Slack's incoming webhooks take it (api.slack.com/messaging/webhooks): a text for notifications, and blocks with a
 * button that opens the link. Names come from others, so they are plain text in the blocks, and escaped in the text.
 */
export function slackBody(
  session: string,
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const given = (name: string): string | undefined => {
    const value = params[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { needed, agreed } = params;
  const who = given('person') ?? given('ip_address') ?? 'Somebody';
  const asks = `${who} asks to join a shared terminal, to ${params['readonly'] === true ? 'watch' : 'type'}`;
  const proved = given('provider') === undefined ? [] : [`known by ${given('provider')}`];
  const key = given('key') === undefined ? [] : [`key ${given('key')}`];
  const approvals =
    typeof needed === 'number' && needed > 1
      ? [`${Array.isArray(agreed) ? agreed.length : 0} of ${needed} have agreed`]
      : [];
  const by = given('type') === 'web' ? 'by browser' : 'by ssh';
  const facts = [`from ${given('ip_address') ?? 'an unknown address'} ${by}`, ...proved, ...key, ...approvals];
  const link = given('decide_url');
  const until = Date.parse(given('expires_at') ?? '');
  const time = Number.isNaN(until) ? [] : [`until ${new Date(until).toISOString().slice(11, 19)} UTC`];
  const plain = (text: string) => ({ type: 'plain_text', text: text.slice(0, MAX_TEXT), emoji: false });
  const button = {
    type: 'actions',
    elements: [{ type: 'button', text: plain('Decide'), style: 'primary', action_id: 'shipmate-decide', url: link }],
  };
  return {
    text: escaped(asks.slice(0, MAX_TEXT)),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'section', text: plain(asks) },
      { type: 'context', elements: [plain([...facts, `session ${session}`, ...time].join(' · '))] },
      ...(link === undefined ? [] : [button]),
    ],
  };
}

/** As Slack wants it: nothing is a link, a mention or a command. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
