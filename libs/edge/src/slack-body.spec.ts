import { describe, expect, it } from 'vitest';
import { slackBody } from './slack-body.js';

const params = {
  id: 'p',
  type: 'ssh',
  ip_address: '192.0.2.9',
  readonly: false,
  decide_url: 'https://share.example.org/decide#smd-x',
  expires_at: '2026-11-30T10:05:00.000Z',
  agreed: ['host'],
  needed: 2,
};

describe('a request to join, for Slack', () => {
  it('has a text for notifications, what is known of them, and a button with the link', () => {
    expect(slackBody('s', { ...params, person: 'ann', provider: 'corp', key: 'SHA256:k' })).toEqual({
      text: 'ann asks to join a shared terminal, to type',
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        {
          type: 'section',
          text: { type: 'plain_text', text: 'ann asks to join a shared terminal, to type', emoji: false },
        },
        {
          type: 'context',
          elements: [
            {
              type: 'plain_text',
              text: 'from 192.0.2.9 by ssh · known by corp · key SHA256:k · 1 of 2 have agreed · session s · until 10:05:00 UTC',
              emoji: false,
            },
          ],
        },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Decide', emoji: false },
              style: 'primary',
              action_id: 'shipmate-decide',
              url: params.decide_url,
            },
          ],
        },
      ],
    });
  });

  it('lets no name be a mention, a link or anything else than text', () => {
    const body = slackBody('s', { ...params, person: '<!channel> & <https://evil.example|you>' });
    expect(body['text']).toBe(
      '&lt;!channel&gt; &amp; &lt;https://evil.example|you&gt; asks to join a shared terminal, to type',
    );
    expect(JSON.stringify(body['blocks'])).not.toContain('mrkdwn');
  });

  it('has no button where nobody serves pages', () => {
    const blocks = slackBody('s', { ip_address: '192.0.2.9', type: 'web', readonly: true })['blocks'];
    expect(blocks).toHaveLength(2);
    expect(JSON.stringify(blocks)).toContain('192.0.2.9 asks to join a shared terminal, to watch');
  });
});
