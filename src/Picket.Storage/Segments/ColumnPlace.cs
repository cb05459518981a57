using Picket.Events.Schema;
using Picket.Storage.Encodings;

namespace Picket.Storage.Segments;

/// <summary>Where a column of a block is in the file, checksum included, and what is known of it.</summary>
internal readonly record struct ColumnPlace(Field Field, long Offset, int Length, ColumnFacts Facts);
