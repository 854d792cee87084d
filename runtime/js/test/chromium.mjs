// Headless Chromium, for tests of pages that are served on loopback.
//
//   MOCHI_CHROMIUM                 the browser
//   MOCHI_REFEREE_NODE_MODULES     a folder with `playwright-core`

import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** What this browser asks of servers elsewhere is switched off: none can be reached. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Opens a page, gives what it evaluates `expression` to, and takes a picture of it. `complaints` is
 * what its console calls errors, and requests to other hosts than the page's, which fail.
 */
export async function visit(url, expression, screenshot) {
  const modules = resolve(process.env.MOCHI_REFEREE_NODE_MODULES ?? "node_modules");
  const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
  const browser = await chromium.launch({
    executablePath: process.env.MOCHI_CHROMIUM,
    args: ARGUMENTS,
  });
  try {
    const page = await browser.newPage();
    const complaints = [];
    const { host } = new URL(url);
    await page.route(
      (asked) => /^https?:$/.test(asked.protocol) && asked.host !== host,
      (route) => {
        complaints.push(`asked for ${route.request().url()}`);
        return route.abort();
      },
    );
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    const found = await page.evaluate(expression);
    await page.screenshot({ path: screenshot });
    return { found, complaints };
  } finally {
    await browser.close();
  }
}
