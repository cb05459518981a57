using System.Buffers.Binary;
using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Query.Text;

namespace Picket.Storage.Index;

/// <summary>
/// What stands for a token of a field in the index: 32 bits of a hash, part of the segment's format. Two may share one; the index then says <em>maybe</em> once too often, never once too seldom.
/// </summary>
internal static class Fingerprints
{
    /// <summary>Bytes of a folded value up to which the value as a whole is a token.</summary>
    public const int WholeBytes = 64;

    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;
    private const ulong WholeSeed = 0xA24B_AED4_963E_E407;
    private static readonly byte[] UuidMark = [0];
    private static readonly byte[] PresenceMark = [1];
    private static readonly byte[] PartsMark = [2];

    public static uint OfToken(Field field, ReadOnlySpan<byte> token) => Of(field.Hash, token);

    public static uint OfWhole(Field field, ReadOnlySpan<byte> value) => Of(field.Hash ^ WholeSeed, value);

    /// <summary>Says that the field holds UUIDs, whose parts are no tokens.</summary>
    public static uint OfUuids(Field field) => Of(field.Hash, UuidMark);

    /// <summary>Says that a field that has no column is among the overflow.</summary>
    public static uint OfPresence(Field field) => Of(field.Hash, PresenceMark);

    /// <summary>Says that in this block only the words of the field's values are tokens, not the values as a whole.</summary>
    public static uint OfParts(Field field) => Of(field.Hash, PartsMark);

    /// <summary>Adds all tokens of a column's entries.</summary>
    /// <param name="wholes">Whether values as a whole are tokens too: where they are few. Where each is another, their words say enough.</param>
    public static void Add(FingerprintSet into, Field field, Entries entries, bool wholes)
    {
        if (!wholes)
        {
            into.Add(OfParts(field));
        }
        if (entries.AllText && Ascii.IsValid(entries.Text))
        {
            AddAscii(into, field, entries, wholes);
            return;
        }
        for (var i = 0; i < entries.Count; i++)
        {
            Add(into, field, entries[i], wholes);
        }
    }

    // One mask over all of the text serves every entry.
    private static void AddAscii(FingerprintSet into, Field field, Entries entries, bool wholes)
    {
        into.Mask.Read(entries.Text);
        var mask = into.Mask.Bits;
        var start = 0;
        foreach (var end in entries.Ends)
        {
            AddTokens(into, field, entries.Text, new TokenScan(entries.Text, mask, start, end), start, end, wholes);
            start = end;
        }
    }

    public static void Add(FingerprintSet into, Field field, Value value, bool wholes)
    {
        if (!value.IsJson)
        {
            AddText(into, field, value.Text, wholes);
            return;
        }
        var members = new JsonScalars(value.Text);
        while (members.MoveNext())
        {
            AddText(into, field, members.Current.Text, wholes);
        }
        members.Dispose();
    }

    private static void AddText(FingerprintSet into, Field field, ReadOnlySpan<byte> text, bool wholes)
    {
        if (!Ascii.IsValid(text))
        {
            text = CaseFold.Fold(text);
        }
        AddTokens(into, field, text, new TokenScan(text), 0, text.Length, wholes);
    }

    private static void AddTokens(FingerprintSet into, Field field, ReadOnlySpan<byte> text, TokenScan scan, int start, int end, bool wholes)
    {
        var spanned = !wholes || start == end || end - start > WholeBytes;
        var hash = field.Hash;
        while (scan.MoveNext())
        {
            into.Add(Of(hash, text[scan.Start..scan.End]));
            spanned |= scan.End - scan.Start == end - start;
            if (scan.Kind == TokenKind.Uuid)
            {
                into.Add(OfUuids(field));
            }
        }
        if (!spanned)
        {
            into.Add(OfWhole(field, text[start..end]));
        }
    }

    // Case is folded by setting one bit: of the characters of tokens it changes capital letters, and maps no two others to one.
    private static uint Of(ulong seed, ReadOnlySpan<byte> token)
    {
        const ulong lower = 0x2020_2020_2020_2020;
        var hash = (seed + (ulong)token.Length) * Factor;
        while (token.Length >= 8)
        {
            hash = (hash ^ (BinaryPrimitives.ReadUInt64LittleEndian(token) | lower)) * Factor;
            hash ^= hash >> 32;
            token = token[8..];
        }
        var rest = 0ul;
        if (token.Length >= 4)
        {
            rest = BinaryPrimitives.ReadUInt32LittleEndian(token) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(token[^4..]) << 32);
        }
        else if (token.Length > 0)
        {
            rest = token[0] | ((ulong)token[token.Length / 2] << 8) | ((ulong)token[^1] << 16);
        }
        hash = (hash ^ (rest | lower)) * Factor;
        return (uint)((hash ^ (hash >> 29)) * Factor >> 32);
    }
}
