using Picket.Events.Schema;
using Picket.Query.Pipes;

namespace Picket.Query.Language;

/// <summary>What a query asks: which events, of what time, and what to do with them.</summary>
/// <param name="Filter">Which events.</param>
/// <param name="Time">Of what time, by <c>last:</c>, <c>from:</c>, <c>to:</c> and <c>ts:</c>.</param>
/// <param name="Pipes">What to do with them, one after the other.</param>
/// <param name="Named">The fields of events it names, as typed, and where.</param>
public sealed record ParsedQuery(Filter Filter, TimeRange Time, IReadOnlyList<Pipe> Pipes, IReadOnlyList<NamedField> Named);

/// <summary>A field that a query names.</summary>
/// <param name="Field">Which it is.</param>
/// <param name="Typed">The name in the query.</param>
/// <param name="At">Characters from its start.</param>
public sealed record NamedField(Field Field, string Typed, int At);
