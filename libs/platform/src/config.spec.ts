import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig, unknownVariables } from '#platform';
import { tempDir } from '#testing';
import { faults } from './config-faults.fixture.js';
import { defaultLimits } from './limits.js';

describe('loadConfig', () => {
  it('has the documented defaults', () => {
    expect(loadConfig({})).toEqual({
      brokerUrls: [],
      brokerPort: undefined,
      audit: { stdout: false, keptMs: 90 * 24 * 3_600_000 },
      webhooks: { urls: [], slackUrls: [], token: undefined, key: undefined, allow: [], forSessions: true },
      openNames: undefined,
      bind: '127.0.0.1',
      sshPort: 2222,
      httpPort: 8080,
      sshHost: 'localhost',
      sshPublicPort: 2222,
      webUrl: 'http://localhost:8080',
      webUrlGiven: false,
      region: 'local',
      redis: undefined,
      secret: undefined,
      acceptedSecrets: [],
      adminToken: undefined,
      dataDir: '.shipmate',
      hostKeysDir: '.shipmate/keys',
      proxyProtocol: 'off',
      trustedProxies: [],
      forwardedHeader: 'x-forwarded-for',
      access: { allow: undefined, deny: [] },
      limits: defaultLimits(),
      requireAuthorizedKeys: false,
      keyForges: new Map([
        ['github', 'https://github.com'],
        ['gitlab', 'https://gitlab.com'],
        ['codeberg', 'https://codeberg.org'],
      ]),
      hostAuthorizedKeysFile: undefined,
      hostGraceMs: 600_000,
      loginGraceMs: 20_000,
      sourcePenalties: true,
      drainMs: 300_000,
      tracing: undefined,
      signIn: {
        required: 'optional',
        providers: [],
        countsForMs: 12 * 3_600_000,
        rememberKeysMs: undefined,
        machines: undefined,
      },
      log: { level: 'info', format: undefined, addresses: 'plain' },
    });
  });

  it('lets defaults follow what is set', () => {
    const config = loadConfig({
      SHIPMATE_SSH_PORT: '22',
      SHIPMATE_HTTP_PORT: '80',
      SHIPMATE_DATA_DIR: '/var/lib/shipmate',
    });
    expect(config).toMatchObject({
      sshPublicPort: 22,
      webUrl: 'http://localhost:80',
      hostKeysDir: '/var/lib/shipmate/keys',
    });
  });

  it('names an address of IPv6 that it listens on itself, where localhost would be that of IPv4', () => {
    expect(loadConfig({ SHIPMATE_BIND: '::1' })).toMatchObject({ sshHost: '::1', webUrl: 'http://[::1]:8080' });
    expect(loadConfig({ SHIPMATE_BIND: '::' })).toMatchObject({
      sshHost: 'localhost',
      webUrl: 'http://localhost:8080',
    });
    expect(loadConfig({ SHIPMATE_BIND: '::1', SHIPMATE_SSH_HOST: 'here' })).toMatchObject({ sshHost: 'here' });
  });

  it('reads every kind of value', () => {
    const config = loadConfig({
      SHIPMATE_BIND: '::',
      SHIPMATE_WEB_URL: 'https://share.example.org/',
      SHIPMATE_REQUIRE_AUTHORIZED_KEYS: 'TRUE',
      SHIPMATE_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1 ,2001:db8::/32',
      SHIPMATE_DRAIN_SECONDS: '0',
      SHIPMATE_REGION: 'nyc1',
      SHIPMATE_REDIS_CLUSTER: 'true',
      SHIPMATE_REDIS_REGIONS: 'nyc1=redis://a:1,sfo2=rediss://:pw@b:2/0',
    });
    expect(config).toMatchObject({
      bind: '::',
      webUrl: 'https://share.example.org',
      requireAuthorizedKeys: true,
      trustedProxies: ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'],
      drainMs: 0,
    });
    expect(config.redis?.cluster).toBe(true);
    expect(config.redis?.regions.get('sfo2')?.reveal()).toBe('rediss://:pw@b:2/0');
  });

  it('takes an empty value for none', () => {
    expect(loadConfig({ SHIPMATE_SSH_PORT: '', SHIPMATE_SECRET: ' ', SHIPMATE_REDIS_URL: '' })).toEqual(loadConfig({}));
  });

  it('names all faults at once, with the value that is wrong', () => {
    const text = faults({
      SHIPMATE_SSH_PORT: '70000',
      SHIPMATE_BIND: 'not a host',
      SHIPMATE_PROXY_PROTOCOL: 'maybe',
      SHIPMATE_TRUSTED_PROXIES: '10.0.0.0/33',
    });
    expect(text).toContain('SHIPMATE_SSH_PORT must be a whole number from 1 to 65535, not "70000"');
    expect(text).toContain('SHIPMATE_BIND must be an IP address or a host name, not "not a host"');
    expect(text).toContain('SHIPMATE_PROXY_PROTOCOL must be one of off, optional, required, not "maybe"');
    expect(text).toContain('SHIPMATE_TRUSTED_PROXIES must be a list of addresses');
  });

  it.each(['0', '-1', '22 22', '1e3', '0x16', '22.5', 'tcp://10.0.0.1:22'])('refuses the port %s', (port) => {
    expect(faults({ SHIPMATE_SSH_PORT: port })).toContain('SHIPMATE_SSH_PORT must be');
  });

  it.each(['toString', '__proto__', 'constructor'])('refuses the flag %s', (flag) => {
    expect(faults({ SHIPMATE_REQUIRE_AUTHORIZED_KEYS: flag })).toContain('must be true or false');
  });

  it('takes no operator’s token that cannot be sent, and does not repeat it', () => {
    for (const token of ['a token of sixteen', 'a-token-with-an-ümlaut', 'a-token\tof-sixteen']) {
      expect(() => loadConfig({ SHIPMATE_ADMIN_TOKEN: token })).toThrow(
        /SHIPMATE_ADMIN_TOKEN must be of visible ASCII/,
      );
      expect(() => loadConfig({ SHIPMATE_ADMIN_TOKEN: token })).not.toThrow(token);
    }
    expect(loadConfig({ SHIPMATE_ADMIN_TOKEN: 'a-token-of-sixteen' }).adminToken?.reveal()).toBe('a-token-of-sixteen');
  });

  it('asks for keys over https, or at this machine, or nowhere', () => {
    const forges = (value: string) => loadConfig({ SHIPMATE_KEY_FORGES: value }).keyForges;
    expect([...forges('none')]).toEqual([]);
    expect([...forges('git=https://git.example/base/, own=http://127.0.0.1:99')]).toEqual([
      ['git', 'https://git.example/base'],
      ['own', 'http://127.0.0.1:99'],
    ]);
    for (const wrong of [
      'git=http://git.example',
      'git=https://a:b@c',
      'git=https://a?b',
      'git=https://a,git=https://b',
      'Git=https://a',
      'https://a',
    ]) {
      expect(() => forges(wrong)).toThrow(/SHIPMATE_KEY_FORGES must be a list/);
    }
  });

  it('repeats no secret in a fault', () => {
    const text = faults({
      SHIPMATE_SECRET: 'hunter2',
      SHIPMATE_ACCEPTED_SECRETS: 'one of sixteen characters,hunter2',
      SHIPMATE_REDIS_URL: 'http://u:pw123@x',
      SHIPMATE_REDIS_REGIONS: 'a=pw456',
    });
    expect(text.match(/SHIPMATE_\w+/g)).toEqual([
      'SHIPMATE_REDIS_URL',
      'SHIPMATE_REDIS_REGIONS',
      'SHIPMATE_SECRET',
      'SHIPMATE_ACCEPTED_SECRETS',
    ]);
    expect(text).not.toMatch(/hunter2|pw123|pw456/);
  });

  it('checks what must fit together', () => {
    expect(faults({ SHIPMATE_SSH_PORT: '8080' })).toContain('SHIPMATE_SSH_PORT and SHIPMATE_HTTP_PORT must differ');
    expect(faults({ SHIPMATE_REDIS_CLUSTER: 'true' })).toContain('SHIPMATE_REDIS_CLUSTER needs SHIPMATE_REDIS_URL');
    expect(faults({ SHIPMATE_REDIS_CLUSTER: 'true', SHIPMATE_REDIS_URL: 'redis+sentinel://a,b/x' })).toContain(
      'cannot be used together',
    );
    expect(faults({ SHIPMATE_REGION: 'ams3', SHIPMATE_REDIS_REGIONS: 'nyc1=redis://a' })).toContain('which is ams3');
  });

  it('has one port for everything, with https where there is a certificate', () => {
    const seen = (env: Record<string, string>): readonly unknown[] => {
      const { port, sshPort, httpPort, sshPublicPort, webUrl } = loadConfig(env);
      return [port, sshPort, httpPort, sshPublicPort, webUrl];
    };
    expect(seen({ SHIPMATE_PORT: '443' })).toEqual([443, 443, 443, 443, 'http://localhost:443']);
    const tls = { SHIPMATE_TLS_CERT: 'c', SHIPMATE_TLS_KEY: 'k' };
    expect(seen({ SHIPMATE_PORT: '443', SHIPMATE_HTTP_PORT: '80', ...tls })).toEqual([
      443,
      443,
      80,
      443,
      'https://localhost',
    ]);
    expect(seen({ SHIPMATE_PORT: '443', SHIPMATE_SSH_PORT: '22' }).slice(0, 4)).toEqual([443, 22, 443, 22]);
    expect(seen(tls)[4]).toBe('https://localhost:8080');
    // What Kubernetes says of a service called shipmate.
    expect(seen({ SHIPMATE_PORT: 'tcp://10.0.0.1:80' }).slice(0, 3)).toEqual([undefined, 2222, 8080]);
  });

  it('needs three lines for ssh and https with a certificate from an ACME server', () => {
    const env = { SHIPMATE_PORT: '443', SHIPMATE_ACME: 'true', SHIPMATE_ACME_NAMES: 'Share.example, other.example' };
    expect(loadConfig(env)).toMatchObject({
      bind: '0.0.0.0',
      sshHost: 'share.example',
      sshPublicPort: 443,
      webUrl: 'https://share.example',
      acme: {
        names: ['share.example', 'other.example'],
        email: undefined,
        directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      },
    });
    const told = { SHIPMATE_ACME: 'true', SHIPMATE_WEB_URL: 'https://a.example', SHIPMATE_SSH_HOST: 'b.example' };
    expect(loadConfig(told).acme?.names).toEqual(['a.example', 'b.example']);
    const hmac = Buffer.alloc(32, 7).toString('base64url');
    const bound = { ...told, SHIPMATE_ACME_EAB_KEY_ID: 'key-1', SHIPMATE_ACME_EAB_HMAC_KEY: `${hmac}=` };
    expect(loadConfig(bound).acme?.externalAccount?.hmacKey.reveal()).toBe(`${hmac}=`);
    expect(loadConfig(told).acme?.externalAccount).toBeUndefined();
    const half = { ...told, SHIPMATE_ACME_EAB_KEY_ID: 'key-1' };
    expect(faults(half)).toContain('SHIPMATE_ACME_EAB_KEY_ID needs SHIPMATE_ACME_EAB_HMAC_KEY');
    expect(faults({ ...half, SHIPMATE_ACME_EAB_HMAC_KEY: 'no+base64url/' })).toContain(
      'at least 16 bytes, in base64url',
    );
    expect(faults({ SHIPMATE_ACME: 'true' })).toContain('SHIPMATE_ACME needs SHIPMATE_ACME_NAMES');
    expect(faults({ SHIPMATE_ACME: 'true', SHIPMATE_ACME_NAMES: '192.0.2.1' })).toContain(
      'SHIPMATE_ACME_NAMES must be',
    );
    expect(faults({ ...env, SHIPMATE_TLS_CERT: 'c', SHIPMATE_TLS_KEY: 'k' })).toContain('cannot be used together');
  });

  it('wants a certificate and a key, and links that lead to them', () => {
    expect(faults({ SHIPMATE_TLS_CERT: 'c' })).toContain('SHIPMATE_TLS_CERT needs SHIPMATE_TLS_KEY');
    expect(faults({ SHIPMATE_TLS_KEY: 'k' })).toContain('SHIPMATE_TLS_KEY needs SHIPMATE_TLS_CERT');
    const plain = { SHIPMATE_TLS_CERT: 'c', SHIPMATE_TLS_KEY: 'k', SHIPMATE_WEB_URL: 'http://a.example' };
    expect(faults(plain)).toContain('SHIPMATE_WEB_URL must begin with https://');
  });

  it('wants the file of host keys to be readable', () => {
    const dir = tempDir();
    const file = dir.file('keys');
    expect(faults({ SHIPMATE_HOST_AUTHORIZED_KEYS: file })).toContain(`${file} (ENOENT)`);
    writeFileSync(file, '');
    expect(loadConfig({ SHIPMATE_HOST_AUTHORIZED_KEYS: file }).hostAuthorizedKeysFile).toBe(file);
    dir.dispose();
  });
});

describe('unknownVariables', () => {
  it('finds misspelt ones, and leaves those of Kubernetes alone', () => {
    const env = {
      SHIPMATE_LOG_LEVLE: 'debug',
      SHIPMATE_COLOUR: 'blue',
      SHIPMATE_SSH_PORT: '22',
      SHIPMATE_SERVICE_HOST: '10.0.0.1',
      SHIPMATE_SERVICE_PORT_SSH: '22',
      SHIPMATE_PORT: 'tcp://10.0.0.1:22',
      SHIPMATE_PORT_22_TCP_ADDR: '10.0.0.1',
      HOME: '/root',
    };
    expect(unknownVariables(env)).toEqual([
      { name: 'SHIPMATE_COLOUR', meant: undefined },
      { name: 'SHIPMATE_LOG_LEVLE', meant: 'SHIPMATE_LOG_LEVEL' },
    ]);
  });
});
