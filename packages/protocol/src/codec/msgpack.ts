import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { protocolError } from '../errors.ts';
import type { Codec } from './codec.ts';

/** MessagePack without records or class revival, so that peers in other languages can speak it and nobody can smuggle objects in. */
export function msgpackCodec(): Codec {
  const packr = new Packr({ useRecords: false, mapsAsObjects: true, moreTypes: false });
  return {
    encode: (value, headroom = 0) => packr.pack(value, RESERVE_START_SPACE + headroom),
    decode: (bytes) => {
      try {
        return packr.unpack(bytes);
      } catch (cause) {
        throw protocolError('HOLDFAST_PROTOCOL_BAD_PAYLOAD', `Cannot decode ${bytes.length} bytes as MessagePack`, { cause });
      }
    },
  };
}
