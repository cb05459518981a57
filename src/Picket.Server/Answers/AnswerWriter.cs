using System.IO.Pipelines;
using Picket.Query.Pipes;

namespace Picket.Server.Answers;

/// <summary>Writes what a query gives. Nothing is written before there is a first row or none, so that what fails until then can be answered as an error.</summary>
public static class AnswerWriter
{
    public static string ContentType(AnswerFormat format) => format switch
    {
        AnswerFormat.Csv => "text/csv; charset=utf-8",
        AnswerFormat.Table => "application/json",
        _ => "application/x-ndjson",
    };

    /// <exception cref="Query.Store.QueryException">The query ended early.</exception>
    public static async Task WriteAsync(Answer answer, AnswerFormat format, PipeWriter into, CancellationToken cancellation)
    {
        if (format == AnswerFormat.Ndjson)
        {
            await NdjsonAnswer.WriteAsync(answer, into, cancellation);
            return;
        }
        var table = answer switch
        {
            Answer.OfRows rows => rows.Table,
            Answer.OfEvents events => await EventTable.ReadAsync(events.Pages, events.Fields),
            _ => throw new ArgumentException("An answer of an unknown kind.", nameof(answer)),
        };
        if (format == AnswerFormat.Csv)
        {
            CsvAnswer.Write(table, into);
        }
        else
        {
            TableAnswer.Write(table, into);
        }
        await into.FlushAsync(cancellation);
    }
}
