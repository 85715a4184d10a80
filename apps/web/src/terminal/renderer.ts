import type { Terminal } from '@xterm/xterm';
import type { Settings } from '../page/settings.js';

/**
 * Draws the terminal with the graphics card, if there is one; otherwise xterm.js uses its DOM renderer. (Its canvas addon does
 * not exist for this version.) A graphics card emulated in software is slower than the DOM: `auto` does not use it.
 */
export async function useWebgl(terminal: Terminal, choice: Settings['renderer']): Promise<void> {
  if (choice === 'dom' || (choice === 'auto' && !hasGraphicsCard())) return;
  try {
    const { WebglAddon } = await import('@xterm/addon-webgl');
    const addon = new WebglAddon();
    // A card that was taken away (sleep, a driver's update) leaves a blank canvas: the DOM renderer takes over.
    addon.onContextLoss(() => addon.dispose());
    terminal.loadAddon(addon);
  } catch {
    // No WebGL after all: what is there already draws.
  }
}

const BY_SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function hasGraphicsCard(): boolean {
  const canvas = document.createElement('canvas');
  // Not every browser reports that it emulates a card, but the card's name shows it.
  const context = canvas.getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = context.getParameter(names === null ? context.RENDERER : names.UNMASKED_RENDERER_WEBGL);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return !BY_SOFTWARE.test(String(name));
}
