using System.Buffers.Text;
using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>Which blocks of a segment may hold what a filter needs: first by the index of tokens, for all blocks at once, then by each block's header.</summary>
internal static class BlockFilter
{
    /// <summary>Whether the segment may hold it; then <paramref name="blocks"/> says which blocks may, or is null for all.</summary>
    public static bool TryNarrow(Segment segment, Need need, out RowSet? blocks)
    {
        blocks = Find(segment, need);
        return blocks is null || !blocks.IsEmpty;
    }

    /// <summary>Whether a block may, by its header.</summary>
    public static bool MayHold(BlockHeader block, Need need) => need switch
    {
        Need.All all => all.Parts.All(part => MayHold(block, part)),
        Need.OneOf one => one.Parts.Any(part => MayHold(block, part)),
        Need.Present present => TryFind(block, present.Field, out _) || (present.OrMember && block.Columns.Any(column => column.Field.IsWithin(present.Field))),
        Need.Between between => TryFind(block, between.Field, out var column)
            && (column is not { } known || !known.Facts.Range.IsKnown || (known.Facts.Range.Least <= between.To && known.Facts.Range.Greatest >= between.From)),
        Need.Literal literal => TryFind(block, literal.Field, out var column)
            && (column is not { } known || !known.Facts.Range.IsKnown || literal.Place != LiteralPlace.Whole || IsWithin(literal.Text, known)),
        _ => true,
    };

    // Null: any block may.
    private static RowSet? Find(Segment segment, Need need)
    {
        switch (need)
        {
            case Need.All all:
                RowSet? both = null;
                foreach (var part in all.Parts)
                {
                    both = And(both, Find(segment, part));
                    if (both is { IsEmpty: true })
                    {
                        break;
                    }
                }
                return both;
            case Need.OneOf one:
                var either = new RowSet(segment.Footer.Blocks);
                foreach (var part in one.Parts)
                {
                    if (Find(segment, part) is not { } found)
                    {
                        return null;
                    }
                    either.Or(found);
                }
                return either;
            case Need.Present present:
                var mayHaveMembers = present.OrMember && (segment.HasOverflow || segment.Footer.Fields.Any(entry => entry.Field.IsWithin(present.Field)));
                return mayHaveMembers ? null : FindField(segment, present.Field);
            case Need.Between between:
                return FindField(segment, between.Field);
            case Need.Literal literal:
                return FindLiteral(segment, literal);
            default:
                return null;
        }
    }

    private static RowSet? FindField(Segment segment, Field field)
    {
        // Times stand in columns of their own and are always there.
        if (segment.TryGetField(field, out _) || EventSchema.IsTime(field))
        {
            return null;
        }
        var blocks = new RowSet(segment.Footer.Blocks);
        if (segment.HasOverflow)
        {
            segment.Index.Find(Fingerprints.OfPresence(field), blocks);
        }
        return blocks;
    }

    private static RowSet? FindLiteral(Segment segment, Need.Literal literal)
    {
        var blocks = FindField(segment, literal.Field);
        var known = segment.TryGetField(literal.Field, out var entry);
        if (blocks is { IsEmpty: true } || (known && entry.IsDirect) || (!known && blocks is null))
        {
            return blocks;
        }
        var field = literal.Field;
        foreach (var token in RequiredTokens.Of(literal.Text, literal.Place))
        {
            var found = new RowSet(segment.Footer.Blocks);
            segment.Index.Find(token.IsWhole ? Fingerprints.OfWhole(field, token.Folded) : Fingerprints.OfToken(field, token.Folded), found);
            if (token.IsWhole)
            {
                segment.Index.Find(Fingerprints.OfParts(field), found);
            }
            if (token.MayBeInUuid)
            {
                segment.Index.Find(Fingerprints.OfUuids(field), found);
            }
            blocks = And(blocks, found);
            if (blocks is { IsEmpty: true })
            {
                break;
            }
        }
        return blocks;
    }

    private static RowSet? And(RowSet? a, RowSet? b)
    {
        if (a is null || b is null)
        {
            return a ?? b;
        }
        a.And(b);
        return a;
    }

    private static bool TryFind(BlockHeader block, Field field, out ColumnPlace? column)
    {
        column = null;
        if (EventSchema.IsTime(field) || block.Find(Overflow.Field) >= 0)
        {
            return true;
        }
        var index = block.Find(field);
        column = index >= 0 ? block.Columns[index] : null;
        return index >= 0;
    }

    // A text equal to a number reads as that number.
    private static bool IsWithin(string text, ColumnPlace column)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Utf8Parser.TryParse(utf8, out double number, out var used) && used == utf8.Length
            && column.Facts.Range.Least <= number && number <= column.Facts.Range.Greatest;
    }
}
