import type { Page } from "playwright-core";

/** Opens the menu of an application, and chooses from it. @param item of several of that word the first */
export async function chooseAction(page: Page, app: string, item: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: `Actions of ${app}` }).click();
  await page.getByRole("menuitem", { name: item }).first().click();
}
