import type { Terminal } from '@xterm/xterm';
import type { Settings } from '../page/settings.js';

/**
 * Has the graphics card draw the terminal, where there is one; else xterm.js goes on with its DOM renderer. (Its canvas addon
 * does not exist for this version.) Software that plays a graphics card is slower than the DOM: `auto` leaves it alone.
 */
export async function useWebgl(terminal: Terminal, wish: Settings['renderer']): Promise<void> {
  if (wish === 'dom' || (wish === 'auto' && !hasGraphicsCard())) return;
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
  // Not every browser knows of itself that it only plays a card: what it says of the card tells.
  const context = canvas.getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = context.getParameter(names === null ? context.RENDERER : names.UNMASKED_RENDERER_WEBGL);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return !BY_SOFTWARE.test(String(name));
}
