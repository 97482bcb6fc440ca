// The frame, block by block. Layout only: what is seen is decided in frame/.
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Block, Frame } from '../frame/model.ts';
import { heightOf } from '../frame/page.ts';
import type { LineStyler } from '../renderer/styled-line.ts';
import type { InkTable } from './ink-table.ts';
import { Table } from './table.tsx';

export type ScreenProps = {
  readonly frame: Frame;
  readonly styler: LineStyler;
  /** What Ink gets for a finished line: the line, or the slot that is filled in behind it (painter.ts). */
  readonly toText: (line: string, row: number) => string;
  /** Null until it is loaded. */
  readonly inkTable: InkTable | null;
};

export function ScreenView({ frame, styler, toText, inkTable }: ScreenProps): ReactNode {
  const tops = frame.blocks.map((_, index) =>
    frame.blocks.slice(0, index).reduce((sum, block) => sum + heightOf(block), 0),
  );
  return (
    <Box flexDirection="column">
      {frame.blocks.map((block, index) => (
        <BlockView
          key={`${index}${block.kind}`}
          block={block}
          top={tops[index] ?? 0}
          styler={styler}
          toText={toText}
          inkTable={inkTable}
        />
      ))}
    </Box>
  );
}

type BlockViewProps = Omit<ScreenProps, 'frame'> & { readonly block: Block; readonly top: number };

function BlockView({ block, top, styler, toText, inkTable }: BlockViewProps): ReactNode {
  if (block.kind === 'lines') {
    return (
      <Box flexDirection="column" flexShrink={0}>
        {block.lines.map((line, index) => (
          <Text key={index} wrap="truncate">
            {toText(line === '' ? ' ' : line, top + index)}
          </Text>
        ))}
      </Box>
    );
  }
  return (
    <Box flexDirection="column" height={heightOf(block)} flexShrink={0} overflow="hidden">
      {inkTable === null ? null : <Table spec={block.table} styler={styler} inkTable={inkTable} />}
    </Box>
  );
}
