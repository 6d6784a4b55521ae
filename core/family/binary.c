#include "core/family/binary.h"

#include "core/family/tails.h"
#include "core/math/link.h"

static void logit(double eta, struct mle_log_of_eta *p, struct mle_log_of_eta *q)
{
    double mu = mle_expit(eta), below = mle_expit(-eta);
    *p = (struct mle_log_of_eta){ -mle_log1pexp(-eta), below, -mu * below };
    *q = (struct mle_log_of_eta){ -mle_log1pexp(eta), -mu, -mu * below };
}

static void probit(double eta, struct mle_log_of_eta *p, struct mle_log_of_eta *q)
{
    mle_tail_normal(-eta, &p->value, &p->d1, &p->d2);
    p->d1 = -p->d1;
    mle_tail_normal(eta, &q->value, &q->d1, &q->d2);
}

/* 1 - p = e^-t with t = e^eta. */
static void cloglog(double eta, struct mle_log_of_eta *p, struct mle_log_of_eta *q)
{
    double t = exp(eta), odds = t > 0 ? t / expm1(t) : 1; /* t (1 - p) / p */
    if (!(t < 700))
        odds = 0;
    *q = (struct mle_log_of_eta){ -t, -t, -t };
    *p = (struct mle_log_of_eta){ t > 0 ? mle_log1mexp(-t) : eta, odds, odds * (1 - t - odds) };
    if (odds == 0)
        p->d2 = 0;
}

bool mle_binary_logs(const struct mle_link *link, double eta, struct mle_log_of_eta *p,
                     struct mle_log_of_eta *q)
{
    if (link == &mle_links[MLE_LINK_logit])
        logit(eta, p, q);
    else if (link == &mle_links[MLE_LINK_probit])
        probit(eta, p, q);
    else if (link == &mle_links[MLE_LINK_cloglog])
        cloglog(eta, p, q);
    else
        return false;
    return true;
}
