import { describe, expect, it } from 'vitest';
import { sshCommand, tmateConf } from './share-commands.js';

describe('sshCommand', () => {
  it('names the port, unless it is the one that ssh takes anyway', () => {
    expect(sshCommand({ sshHost: 'localhost', sshPublicPort: 2222 }, 'TOKEN')).toBe('ssh -p2222 TOKEN@localhost');
    expect(sshCommand({ sshHost: 'share.example.org', sshPublicPort: 22 }, 'ro-T')).toBe('ssh ro-T@share.example.org');
  });
});

describe('tmateConf', () => {
  it('says where the server is and what its keys look like', () => {
    const conf = tmateConf({ sshHost: 'localhost', sshPublicPort: 2222 }, { ed25519: 'SHA256:e', rsa: 'SHA256:r' });
    expect(conf.split('\n')).toEqual([
      'set -g tmate-server-host localhost',
      'set -g tmate-server-port 2222',
      'set -g tmate-server-ed25519-fingerprint "SHA256:e"',
      'set -g tmate-server-rsa-fingerprint "SHA256:r"',
      '',
    ]);
  });
});
