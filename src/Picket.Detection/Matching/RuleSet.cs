using Picket.Detection.Rules;
using Picket.Query;

namespace Picket.Detection.Matching;

/// <summary>
/// Rules made ready to be run together, by any number of <see cref="RuleMatcher"/>s: what they ask of a field is one index, and each is looked at only where a
/// <see cref="Witness"/> of it is found. Immutable, thread-safe.
/// </summary>
public sealed class RuleSet
{
    private readonly IReadOnlyList<string?> texts;

    /// <param name="rules">In the order in which an event's matches are told.</param>
    /// <param name="with4688">Whether Security 4688 counts as process creation.</param>
    public RuleSet(IReadOnlyList<Rule> rules, bool with4688 = true)
    {
        Rules = rules;
        var compiler = new RuleCompiler();
        var compiled = rules.Select((rule, place) => Compile(rule, place, null)).ToList();
        foreach (var mapping in with4688 ? SourceTable.Mappings : [])
        {
            compiled.AddRange(rules.Select((rule, place) => (rule, place)).Where(of => mapping.Covers(of.rule.LogSource)).Select(of => Compile(of.rule, of.place, mapping)));
        }
        Compiled = compiled;
        Indices = compiler.Indices;
        AnyField = compiler.AnyField;
        (IndexOfPredicate, texts) = (compiler.Owners, compiler.Texts);
        Swept = compiler.Swept;
        Watch(compiler);
        foreach (var index in Indices)
        {
            index.Seal();
        }

        CompiledRule Compile(Rule rule, int place, FieldMapping? mapping)
        {
            var filter = mapping is null ? rule.Filter : rule.Filter.WithFields(mapping.NameOf);
            return new CompiledRule(rule, place, filter, compiler.Compile(filter), mapping);
        }
    }

    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>Bytes of the indices.</summary>
    public long Bytes => Indices.Sum(index => index.Bytes);

    /// <summary>What an event must be for one of some rules to match it; one that is may still come from elsewhere.</summary>
    internal Filter FilterOf(IReadOnlyCollection<int> places) => new Filter.Or([.. Compiled.Where(rule => places.Contains(rule.Place)).Select(rule => rule.Filter)]);

    internal IReadOnlyList<CompiledRule> Compiled { get; }

    internal IReadOnlyList<FieldIndex> Indices { get; }

    internal FieldIndex AnyField { get; }

    /// <summary>How many terms are answered for all of a batch at once.</summary>
    internal int Swept { get; }

    /// <summary>For each predicate the number of the index that finds it.</summary>
    internal IReadOnlyList<int> IndexOfPredicate { get; }

    /// <summary>The text that a predicate looks for; null for the presence of any value.</summary>
    internal string? TextOf(int predicate) => texts[predicate];

    /// <summary>For each predicate the compiled rules it is a witness of; null for none.</summary>
    internal int[]?[] WatchedBy { get; private set; } = [];

    private void Watch(RuleCompiler compiler)
    {
        var watched = new List<int>?[compiler.Owners.Count];
        for (var rule = 0; rule < Compiled.Count; rule++)
        {
            var compiled = Compiled[rule];
            compiled.Witness = Witness.Of(compiled.Condition, compiler);
            foreach (var predicate in compiled.Witness?.Predicates ?? [])
            {
                (watched[predicate] ??= []).Add(rule);
                compiled.IsInAnyField |= compiler.Owners[predicate] == compiler.AnyField.Number;
            }
        }
        WatchedBy = [.. watched.Select(list => list?.ToArray())];
    }
}
