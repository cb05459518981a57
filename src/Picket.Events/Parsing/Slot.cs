using Picket.Events.Batches;

namespace Picket.Events.Parsing;

/// <summary>A value found in an event: where its text is, in the event itself or, unescaped, beside it.</summary>
internal readonly record struct Slot(int Start, int Length, ValueKind Kind, bool Beside);
