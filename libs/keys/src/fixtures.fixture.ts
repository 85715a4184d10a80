export * from './keys.fixture.js';
export * from './certificate.fixture.js';
