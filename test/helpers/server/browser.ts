import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { findPeer } from '../peers.ts';

/** A headless Chromium of this machine; rejects when there is none. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findPeer('chromium');
  if (executablePath === null) throw new Error('there is no chromium on PATH');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}
