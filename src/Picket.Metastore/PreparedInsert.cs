using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Picket.Metastore;

/// <summary>
/// A statement that is run for many rows of one transaction, prepared once and bound by place: a command of the provider looks its parameters up by name and makes an object of each value, which for
/// tens of thousands of rows a second is most of what they take. Not thread-safe.
/// </summary>
internal sealed class PreparedInsert : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;

    /// <param name="connection">Open, with the transaction begun.</param>
    /// <param name="sql">With parameters <c>?1</c>, <c>?2</c> and so on.</param>
    public PreparedInsert(DbConnection connection, string sql)
    {
        database = ((SqliteConnection)connection).Handle!;
        Check(raw.sqlite3_prepare_v2(database, sql, out statement));
    }

    /// <summary>The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, long value) => Check(raw.sqlite3_bind_int64(statement, place, value));

    /// <summary>The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, string? value) => Check(value is null ? raw.sqlite3_bind_null(statement, place) : raw.sqlite3_bind_text(statement, place, value));

    /// <exception cref="DbException">The row was refused.</exception>
    public void Run()
    {
        var result = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
    }

    public void Dispose() => statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, database);
}
