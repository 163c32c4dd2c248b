// Drives the Aliyun clients for Node.js, unmodified, for the contract tests.
//
// One process serves a whole session: each line on stdin is a call
//   {"id": 1, "client": "pop-core-get", "target": {"host", "scheme", "region", "accessKeyId", "accessKeySecret"},
//    "action": "Encrypt", "parameters": {"KeyId": "…", "EncryptionContext": {"user": "…"}}}
// and each line on stdout its answer
//   {"id": 1, "result": {…}}  or  {"id": 1, "refused": {"code", "status", "className"}}.
// Parameters carry wire names; an EncryptionContext is an object, which each client spells its way.
'use strict';

const readline = require('readline');

const PopCore = require('@alicloud/pop-core');
const kms = require('@alicloud/kms20160120');
const openApi = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { toMap } = require('@alicloud/tea-typescript');

const VERSION = '2016-01-20';

function lowerFirst(name) {
  return name[0].toLowerCase() + name.slice(1);
}

// http unless the target says https.
function schemeOf(target) {
  return target.scheme ?? 'http';
}

function withTextContext(parameters) {
  const context = parameters.EncryptionContext;
  return context ? { ...parameters, EncryptionContext: JSON.stringify(context) } : parameters;
}

function popCore(method) {
  return (target) => {
    const client = new PopCore.RPCClient({
      endpoint: `${schemeOf(target)}://${target.host}`,
      apiVersion: VERSION,
      accessKeyId: target.accessKeyId,
      accessKeySecret: target.accessKeySecret,
    });
    return async (action, parameters) => {
      const given = { RegionId: target.region, ...withTextContext(parameters) };
      return client.request(action, given, { method });
    };
  };
}

function openApiClient(place) {
  return (target) => {
    const client = new openApi.default(
      new openApi.Config({
        endpoint: target.host,
        protocol: schemeOf(target),
        regionId: target.region,
        accessKeyId: target.accessKeyId,
        accessKeySecret: target.accessKeySecret,
      }),
    );
    return async (action, parameters) => {
      const params = new openApi.Params({
        action,
        version: VERSION,
        protocol: schemeOf(target).toUpperCase(),
        pathname: '/',
        method: 'POST',
        authType: 'AK',
        style: 'RPC',
        reqBodyType: 'formData',
        bodyType: 'json',
      });
      const request = new openApi.OpenApiRequest({ [place]: withTextContext(parameters) });
      return (await client.callApi(params, request, new RuntimeOptions({}))).body;
    };
  };
}

function kmsClient(spellContext) {
  return (target) => {
    const client = new kms.default({
      endpoint: target.host,
      protocol: schemeOf(target).toUpperCase(),
      type: 'access_key',
      regionId: target.region,
      accessKeyId: target.accessKeyId,
      accessKeySecret: target.accessKeySecret,
    });
    return async (action, parameters) => {
      const members = Object.entries(spellContext(parameters));
      const fields = Object.fromEntries(members.map(([name, value]) => [lowerFirst(name), value]));
      // DescribeRegions and its like have no request class and take no argument.
      const Request = kms[`${action}Request`];
      return toMap(await client[lowerFirst(action)](Request ? new Request(fields) : undefined));
    };
  };
}

const CLIENTS = {
  'pop-core-get': popCore('GET'),
  'pop-core-post': popCore('POST'),
  'openapi-client-query': openApiClient('query'),
  'openapi-client-body': openApiClient('body'),
  'kms20160120': kmsClient((parameters) => parameters),
  'kms20160120-text-context': kmsClient(withTextContext),
};

// The HTTP status where each client keeps it; kms20160120 has it in its message alone.
function statusOf(error) {
  const kept = error.entry?.response?.statusCode ?? error.data?.statusCode;
  return kept ?? Number(/\bcode: (\d+),/.exec(error.message)?.[1] ?? 0);
}

const opened = new Map();

function open(name, target) {
  const key = JSON.stringify([name, target]);
  if (!opened.has(key)) opened.set(key, CLIENTS[name](target));
  return opened.get(key);
}

async function answer({ id, client, target, action, parameters }) {
  try {
    return { id, result: await open(client, target)(action, parameters) };
  } catch (error) {
    // Only a refusal by the server carries the body it came in; anything else is our own mistake.
    if (!error.data) return { id, failed: String(error.stack) };
    const className = error.name;
    return { id, refused: { code: error.code, status: statusOf(error), className } };
  }
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', async (line) => {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
});
