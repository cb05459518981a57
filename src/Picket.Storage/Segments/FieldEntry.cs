using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>What a segment knows of one field: the catalogue from which fields are listed without reading rows.</summary>
/// <param name="Values">Events that have it.</param>
/// <param name="Kinds">A bit for each kind of value that occurs.</param>
/// <param name="TextBytes">Bytes of their text, before encoding.</param>
/// <param name="Bytes">Bytes its columns take in the file.</param>
/// <param name="IsDirect">In some block it is numbers one by one, which the index of words does not know.</param>
internal readonly record struct FieldEntry(Field Field, long Values, ushort Kinds, long TextBytes, long Bytes, bool IsDirect)
{
    public FieldEntry With(ColumnPlace column) =>
        new(Field, Values + column.Facts.Values, (ushort)(Kinds | column.Facts.Kinds), TextBytes + column.Facts.TextBytes, Bytes + column.Length, IsDirect | column.Facts.IsDirect);
}
