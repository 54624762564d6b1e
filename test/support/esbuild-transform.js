import { createHash } from 'node:crypto';
import { transformSync, version } from 'esbuild';

/** Jest transform: TypeScript to JavaScript, nothing else; types are checked by `npm run typecheck`. */
export default {
  process(source, path) {
    return transformSync(source, { loader: 'ts', format: 'esm', target: 'node20', sourcefile: path, sourcemap: 'inline' });
  },
  getCacheKey(source, path, options) {
    return createHash('sha256')
      .update(version)
      .update(path)
      .update(source)
      .update(options.configString ?? '')
      .digest('hex');
  },
};
