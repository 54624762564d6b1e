/** Directives that ingress-nginx's build of nginx takes in a location: nginx's own modules, headers-more, and Lua. */

const core =
  'absolute_redirect access_log add_header add_trailer aio alias allow auth_basic auth_basic_user_file auth_request auth_request_set break chunked_transfer_encoding client_body_buffer_size client_body_timeout client_max_body_size default_type deny directio error_log error_page etag expires gzip gzip_comp_level gzip_min_length gzip_proxied gzip_types gzip_vary http2_push if if_modified_since index internal keepalive_timeout limit_conn limit_except limit_rate limit_rate_after limit_req location log_not_found log_subrequest max_ranges mirror port_in_redirect proxy_buffer_size proxy_buffering proxy_buffers proxy_cache proxy_connect_timeout proxy_cookie_domain proxy_cookie_path proxy_hide_header proxy_http_version proxy_ignore_headers proxy_intercept_errors proxy_pass proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_read_timeout proxy_redirect proxy_request_buffering proxy_send_timeout proxy_set_body proxy_set_header proxy_ssl_name proxy_ssl_server_name proxy_ssl_verify resolver return rewrite rewrite_log root satisfy send_timeout sendfile server_name_in_redirect server_tokens set sub_filter sub_filter_once sub_filter_types tcp_nodelay tcp_nopush try_files types';
const modules =
  'more_set_headers more_clear_headers more_set_input_headers more_clear_input_headers set_escape_uri set_by_lua_block access_by_lua_block rewrite_by_lua_block header_filter_by_lua_block body_filter_by_lua_block log_by_lua_block content_by_lua_block';

const known = new Set([...core.split(' '), ...modules.split(' ')]);

export function isDirective(name: string): boolean {
  return known.has(name);
}
