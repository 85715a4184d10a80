import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { joinCommands, sshCommand, tmateConf, webLink } from './share-commands.js';

describe('sshCommand', () => {
  it('names the port, unless it is the one that ssh takes anyway', () => {
    expect(sshCommand({ sshHost: 'localhost', sshPublicPort: 2222 }, 'TOKEN')).toBe('ssh -p2222 TOKEN@localhost');
    expect(sshCommand({ sshHost: 'share.example.org', sshPublicPort: 22 }, 'ro-T')).toBe('ssh ro-T@share.example.org');
  });
});

describe('tmateConf', () => {
  it('says where the server is and what its keys look like', () => {
    const fingerprints = { ed25519: 'SHA256:e', ecdsa: 'SHA256:c', rsa: 'SHA256:r' };
    const conf = tmateConf({ sshHost: 'localhost', sshPublicPort: 2222 }, fingerprints);
    expect(conf.split('\n')).toEqual([
      'set -g tmate-server-host localhost',
      'set -g tmate-server-port 2222',
      'set -g tmate-server-ed25519-fingerprint "SHA256:e"',
      'set -g tmate-server-ecdsa-fingerprint "SHA256:c"',
      'set -g tmate-server-rsa-fingerprint "SHA256:r"',
      '',
    ]);
  });
});

describe('webLink', () => {
  it('keeps the slash of a name, and the path of a server below one', () => {
    expect(webLink({ webUrl: 'https://share.example.org' }, 'ro-T')).toBe('https://share.example.org/t/ro-T');
    expect(webLink({ webUrl: 'https://example.org/mate' }, 'ada/site')).toBe('https://example.org/mate/t/ada/site');
  });
});

describe('joinCommands', () => {
  it('have a link where pages are served, and none elsewhere', () => {
    const config = loadConfig({ SHIPMATE_WEB_URL: 'https://share.example.org' });
    expect(joinCommands(config, true).web?.('T')).toBe('https://share.example.org/t/T');
    expect(joinCommands(config, false).web).toBeUndefined();
    expect(joinCommands(config, false).ssh('T')).toBe('ssh -p2222 T@localhost');
  });
});
