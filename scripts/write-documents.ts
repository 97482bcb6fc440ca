// `npm run documents`: everything in docs/ and schema/ that is written from the code; tests hold them to it.
import './write-cli-documents.ts';
import './write-keys-document.ts';
import './write-json-schemas.ts';
