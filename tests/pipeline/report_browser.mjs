// Looks at a page in headless Chromium as a person would, and prints what is wrong with it, a line
// each; nothing when all is well.
//   node report_browser.mjs PLAYWRIGHT CHROMIUM PAGE [SCREENSHOTS]
// For widths from 400 to 1600 pixels, light and dark: the page does not scroll sideways, nothing is
// said on the console, nothing is fetched, every text stands out from its ground by the 4.5 that
// WCAG asks for, and no picture is cut.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [playwright, chromium, page, screenshots] = process.argv.slice(2);
const { chromium: browserType } = createRequire(import.meta.url)(playwright);
const browser = await browserType.launch({ executablePath: chromium, args: ['--no-sandbox'] });
const problems = [];

// Runs in the page.
function lookAround() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    found.push(`scrolls sideways: ${root.scrollWidth} of ${root.clientWidth} pixels`);
  }
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = numbers(colour).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === 'svg') {
        const sheet = at.querySelector('rect');
        if (sheet) return getComputedStyle(sheet).fill;
      }
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest('style')) continue;
    const style = getComputedStyle(element);
    const inside = element.closest('svg') !== null;
    const [a, b] = [luminance(inside ? style.fill : style.color), luminance(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) {
      found.push(`contrast ${contrast.toFixed(2)}: "${node.textContent.trim().slice(0, 40)}"`);
    }
    const box = element.getBoundingClientRect();
    if (inside && box.width > 0 && box.height < 7) {
      found.push(`text ${box.height.toFixed(1)} pixels high: "${node.textContent.slice(0, 40)}"`);
    }
  }
  for (const picture of document.querySelectorAll('svg')) {
    const box = picture.getBoundingClientRect();
    if (box.right > root.clientWidth + 0.5 || box.width < 50) found.push('a picture is cut');
    for (const text of picture.querySelectorAll('text')) {
      const of = text.getBoundingClientRect();
      if (of.left < box.left - 0.5 || of.right > box.right + 0.5) {
        found.push(`text beyond its picture: "${text.textContent.slice(0, 40)}"`);
      }
    }
  }
  if (!document.querySelector('.verdict')) found.push('no verdict');
  return found;
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [400, 640, 1024, 1600]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const tab = await context.newPage();
    const where = `${width} pixels, ${colorScheme}`;
    tab.on('console', (message) => problems.push(`${where}: console: ${message.text()}`));
    tab.on('pageerror', (error) => problems.push(`${where}: ${error.message}`));
    tab.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith('file:') && !url.startsWith('data:')) {
        problems.push(`${where}: fetches ${url}`);
      }
    });
    await tab.goto(pathToFileURL(page).href);
    for (const details of await tab.$$('details')) {
      await details.evaluate((element) => { element.open = true; });
    }
    for (const one of await tab.evaluate(lookAround)) problems.push(`${where}: ${one}`);
    if (screenshots) {
      await tab.screenshot({
        path: join(screenshots, `${width}-${colorScheme}.png`), fullPage: true,
      });
    }
    await context.close();
  }
}
await browser.close();
if (problems.length > 0) console.log(problems.join('\n'));
