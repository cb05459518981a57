using Picket.Events.Schema;

namespace Picket.Detection.Rules;

/// <summary>A rule holds at an event whose values of some fields no event that it matches had for a while before, nor for so long after.</summary>
/// <param name="Fields">Which.</param>
/// <param name="Span">For how long; ns.</param>
public sealed record FirstSeen(IReadOnlyList<Field> Fields, long Span);
