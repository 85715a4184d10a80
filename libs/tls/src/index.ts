export { readCertificate } from './certificate.js';
export type { Certificate } from './certificate.js';
export { CertificateFiles } from './certificate-files.js';
export type { CertificateFilesObserver, CertificatePaths } from './certificate-files.js';
export { Certifier } from './acme/certifier.js';
export { Challenges } from './acme/challenges.js';
export { FileVault } from './acme/file-vault.js';
export { makeAccountKey, orderCertificate } from './acme/order.js';
