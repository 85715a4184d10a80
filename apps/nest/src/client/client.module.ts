import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, Module, NotFoundException, Req, Res } from '@nestjs/common';
import { FAVICON } from '#look';
import { packageRoot } from '#platform';
import type { Answer } from '../answer.js';
import { PLATFORM, type Platform } from '../injected.js';
import { ClientAssets } from './client-assets.js';
import { ClientPages, sendAsset, type AssetRequest } from './client-pages.js';

/** The `ClientPages` of the process, by `@Inject(CLIENT)`. */
export const CLIENT = Symbol('shipmate:client');

/** Assets have the hash of what is in them in their names. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** What pages of the browser client load. */
@Controller()
class AssetsController {
  constructor(@Inject(CLIENT) private readonly client: ClientPages) {}

  @Get('favicon.svg')
  favicon(@Res() response: Answer): void {
    response.set({ 'cache-control': 'public, max-age=86400' }).type('image/svg+xml').send(FAVICON);
  }

  @Get('assets/:name')
  asset(@Req() request: AssetRequest & { readonly url: string }, @Res() response: Answer): void {
    const name = /^\/assets\/([\w.-]+)(?:\?|$)/.exec(request.url)?.[1];
    const asset = name === undefined ? undefined : this.client.assets.get(name);
    if (asset === undefined) throw new NotFoundException();
    sendAsset(request, response, asset, { 'cache-control': FOR_EVER });
  }
}

/** The built browser client and its files, once in a process: web edges serve pages of it, and so do brokers. */
@Module({
  controllers: [AssetsController],
  providers: [
    {
      provide: CLIENT,
      inject: [PLATFORM],
      useFactory: ({ config }: Platform) =>
        new ClientPages(ClientAssets.load(fileURLToPath(new URL('dist/apps/web/', packageRoot()))), config.webUrl),
    },
  ],
  exports: [CLIENT],
})
export class ClientModule {
  constructor(@Inject(PLATFORM) { log }: Platform, @Inject(CLIENT) { assets }: ClientPages) {
    if (assets.page('index') === undefined)
      log.warn('client-not-built', {}, 'Links do not work in browsers: run npm run build.');
  }
}
