using Picket.Detection.Rules;
using Picket.Server.Http;
using Picket.Server.Rules;

namespace Picket.Server.Backtests;

/// <summary>Rules that are tried together.</summary>
/// <param name="Rules">All that it takes.</param>
/// <param name="Looked">Those of which alerts are told.</param>
internal sealed record BacktestRules(IReadOnlyList<Rule> Rules, IReadOnlyList<Rule> Looked)
{
    /// <summary>All that are active.</summary>
    public static BacktestRules OfActive(IEnumerable<RuleView> all, Func<IReadOnlyList<RuleDocument>, IReadOnlyList<AppliedRule>> apply)
    {
        var rules = apply([.. all.Where(view => view.IsActive).Select(view => view.Document).OfType<RuleDocument>()]).Select(one => one.Rule).ToArray();
        return new BacktestRules(rules, rules);
    }

    /// <summary>One of a tenant's.</summary>
    /// <exception cref="RequestException">It cannot be run.</exception>
    public static BacktestRules Of(IEnumerable<RuleView> all, string id, Func<IReadOnlyList<RuleDocument>, IReadOnlyList<AppliedRule>> apply) =>
        Of(apply([.. all.Where(view => view.IsActive || view.Id == id).Select(view => view.Document).OfType<RuleDocument>()]), id);

    /// <summary>One that is not saved, among the tenant's.</summary>
    /// <exception cref="RequestException">It cannot be run.</exception>
    public static BacktestRules OfDraft(IEnumerable<RuleView> all, RuleDocument draft, Func<IReadOnlyList<RuleDocument>, IReadOnlyList<AppliedRule>> apply) =>
        Of(apply([.. all.Where(view => view.IsActive && view.Id != draft.Id).Select(view => view.Document).OfType<RuleDocument>(), draft]), draft.Id);

    private static BacktestRules Of(IReadOnlyList<AppliedRule> applied, string id)
    {
        var rule = applied.FirstOrDefault(one => one.Document.Id == id)?.Rule ?? throw new RequestException(400, ErrorWord.ValidationFailed, $"{id} is a filter, names a list that is not there, or is not taken by this version: there is nothing to try");
        var references = new RuleReferences(applied.Select((one, place) => (one.Rule, place)));
        var needed = new List<Rule>();
        Need(rule);
        return new BacktestRules(needed, [rule]);

        void Need(Rule one)
        {
            if (needed.Contains(one, ReferenceEqualityComparer.Instance))
            {
                return;
            }
            needed.Add(one);
            if (one.Correlation is not null)
            {
                foreach (var place in references.Resolve(one, out var reason, out _) ?? throw new RequestException(400, ErrorWord.ValidationFailed, reason!))
                {
                    Need(applied[place].Rule);
                }
            }
        }
    }
}
