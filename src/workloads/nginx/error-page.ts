/** nginx's own pages. (nginx: src/http/ngx_http_special_response.c, ngx_http_header_filter_module.c) */

/** Titles of pages, where they are not what stands in the status line. */
const titles: Readonly<Record<number, string>> = { 401: 'Authorization Required' };

/** What stands in the status line. */
const phrases: Readonly<Record<number, string>> = {
  200: 'OK',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

export function nginxPhrase(status: number): string {
  return phrases[status] ?? '';
}

/** A page of nginx itself; `server` is how it calls itself: `nginx/1.29.3`, or without the version where `server_tokens` is off. */
export function errorPage(status: number, server: string, detail?: string): string {
  const title = `${status} ${status === 302 ? 'Found' : (titles[status] ?? nginxPhrase(status))}`;
  const heading =
    detail === undefined ? `<center><h1>${title}</h1></center>` : `<center><h1>400 Bad Request</h1></center>\r\n<center>${detail}</center>`;
  const head = detail === undefined ? title : `400 ${detail}`;
  return `<html>\r\n<head><title>${head}</title></head>\r\n<body>\r\n${heading}\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`;
}
