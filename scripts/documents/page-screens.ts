// The pictures of the page in docs/screens, taken of the real thing in Chromium: on a desk and on a phone.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../test/helpers/server/browser.ts';

type Shot = {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly go: (page: Page) => Promise<void>;
};

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

const row = (page: Page, uid: string) => page.locator(`[data-uid="${uid}"]`);
const showDetails = async (page: Page) => {
  await page.locator('.filter').fill('state:fatal');
  await row(page, 'lid001:PLC:wcid00d').click();
  await page.getByText('permission denied').last().waitFor();
};

const showMarked = async (page: Page) => {
  await page.locator('.filter').fill('group:vacuum');
  await page.getByRole('checkbox').first().check();
  await page.getByText('1 marked').waitFor();
};

const SHOTS: readonly Shot[] = [
  { name: 'page', size: DESK, go: async (page) => row(page, 'lid001:PLC:wcid00d').waitFor() },
  { name: 'page-details', size: DESK, go: showDetails },
  { name: 'page-phone', size: PHONE, go: showMarked },
];

/** Writes them below `folder`; the page is that of a server at `url`, over the example. */
export async function takePageScreens(url: string, folder: string): Promise<void> {
  const browser = await openBrowser();
  try {
    for (const { name, size, go } of SHOTS) {
      const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce' });
      await page.goto(url);
      await go(page);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await page.close();
      console.log(`docs/screens/${name}.png`);
    }
  } finally {
    await browser.close();
  }
}
