import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export type Certificate = {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
};

/** For localhost and 127.0.0.1, signed by itself; a secret of nobody's. */
export async function readCertificate(): Promise<Certificate> {
  const [certFile, keyFile] = [pathOf('cert.pem'), pathOf('key.pem')];
  return { certFile, keyFile, cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
}
